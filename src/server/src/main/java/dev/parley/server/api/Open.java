package dev.parley.server.api;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Marks a resource method that needs no token. Payara and GlassFish act on
 * {@code jakarta.annotation.security.PermitAll} themselves, before any filter: they ask for a user of the server, with
 * HTTP Basic.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
public @interface Open {}
