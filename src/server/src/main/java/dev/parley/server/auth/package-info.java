/**
 * Authentication: identities, tokens (JWT) and their keys (JWKS), one-time tickets, allowed origins, failed attempts.
 * In: credentials. Out: an identity, or the reason for a refusal. A leaf package.
 */
package dev.parley.server.auth;
