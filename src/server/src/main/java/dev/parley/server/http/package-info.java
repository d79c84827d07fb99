/**
 * What HTTP needs everywhere: problem details, the client's address behind trusted proxies, security headers, checks of
 * a request's syntax. A leaf: knows the configuration and the log only.
 */
package dev.parley.server.http;
