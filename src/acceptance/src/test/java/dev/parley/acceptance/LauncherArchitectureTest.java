package dev.parley.acceptance;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** Dependency rules of the launcher: the run commands start servers on databases, which know nothing of them. */
@AnalyzeClasses(packages = "dev.parley.launcher")
class LauncherArchitectureTest {
    private static final String SERVERS = "dev.parley.launcher";
    private static final String RUN = "dev.parley.launcher.run";
    private static final String POSTGRESQL = "dev.parley.launcher.postgresql";
    private static final String REDIS = "dev.parley.launcher.redis";
    private static final String BALANCER = "dev.parley.launcher.balancer";

    @ArchTest
    static final ArchRule serversKnowNothingElse = noClasses()
            .that()
            .resideInAPackage(SERVERS)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(RUN, POSTGRESQL, REDIS, BALANCER);

    @ArchTest
    static final ArchRule balancersKnowServersOnly = noClasses()
            .that()
            .resideInAPackage(BALANCER)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(RUN, POSTGRESQL, REDIS);

    @ArchTest
    static final ArchRule databaseAndRedisKnowNothingElse = noClasses()
            .that()
            .resideInAnyPackage(POSTGRESQL, REDIS)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(SERVERS, RUN, BALANCER);
}
