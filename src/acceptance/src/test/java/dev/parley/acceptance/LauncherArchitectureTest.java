package dev.parley.acceptance;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** Dependency rules of the launcher: the run command starts servers on databases, which know nothing of it. */
@AnalyzeClasses(packages = "dev.parley.launcher")
class LauncherArchitectureTest {
    private static final String SERVERS = "dev.parley.launcher";
    private static final String RUN = "dev.parley.launcher.run";
    private static final String POSTGRESQL = "dev.parley.launcher.postgresql";

    @ArchTest
    static final ArchRule serversKnowNeitherTheRunCommandNorItsDatabase = noClasses()
            .that()
            .resideInAPackage(SERVERS)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(RUN, POSTGRESQL);

    @ArchTest
    static final ArchRule databaseKnowsNothingElse = noClasses()
            .that()
            .resideInAPackage(POSTGRESQL)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(SERVERS, RUN);
}
