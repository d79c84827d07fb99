package dev.parley.acceptance.support;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/** A test that does not run on an application server. server-config/README.md lists each use with its reason. */
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.TYPE, ElementType.METHOD})
@ExtendWith(SkippedOnCondition.class)
public @interface SkippedOn {
    /** The beginning of the reason in a report, before the server's name. */
    String REASON = "not on ";

    /** The name of the server, as {@code glassfish}. */
    String server();

    String reason();
}
