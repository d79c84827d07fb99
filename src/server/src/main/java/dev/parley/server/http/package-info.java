/**
 * What all HTTP code shares: problem details, the client's address behind trusted proxies, security headers, checks of
 * a request's syntax. A leaf package: it depends on the configuration and the log only.
 */
package dev.parley.server.http;
