/** The pages and the browser library in a real Chromium. */
package dev.parley.acceptance.pages;
