/**
 * Who somebody is: identities, tokens (JWT) and their keys (JWKS), one-time tickets, allowed origins, failed attempts.
 * Credentials in; an identity, or the reason for a refusal, out. A leaf.
 */
package dev.parley.server.auth;
