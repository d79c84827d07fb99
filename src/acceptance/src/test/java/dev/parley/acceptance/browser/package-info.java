/** Chromium, and in it the browser library and clients that people write by hand. */
package dev.parley.acceptance.browser;
