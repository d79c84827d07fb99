/** The pages in a real Chromium. */
package dev.parley.acceptance.pages;
