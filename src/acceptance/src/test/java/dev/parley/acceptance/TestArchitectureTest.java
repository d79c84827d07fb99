package dev.parley.acceptance;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.properties.HasName;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/**
 * Dependency rules of the acceptance tests. They use the wire protocol only: if they shared code with the server, they
 * would not notice that code's mistakes.
 */
@AnalyzeClasses(packages = "dev.parley.acceptance")
class TestArchitectureTest {
    private static final String CHECKER = "dev.parley.acceptance.checker..";
    private static final String MUTANTS = "dev.parley.acceptance.mutants..";
    private static final String SERVICE = "dev.parley.acceptance.service..";

    @ArchTest
    static final ArchRule onlyMutantsKnowTheServer = noClasses()
            .that()
            .resideOutsideOfPackage(MUTANTS)
            .should()
            .dependOnClassesThat()
            .resideInAPackage("dev.parley.server..");

    /** The tests of the Java client use the records of the protocol, which are part of its API. */
    @ArchTest
    static final ArchRule onlyTestsOfTheJavaClientKnowTheProtocol = noClasses()
            .that()
            .resideOutsideOfPackages(MUTANTS, SERVICE)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("dev.parley.client..", "dev.parley.protocol..");

    /** Mutants run in the WAR, which contains no other class of the tests. */
    @ArchTest
    static final ArchRule mutantsKnowNothingOfTheTests = noClasses()
            .that()
            .resideInAPackage(MUTANTS)
            .should()
            .dependOnClassesThat(JavaClass.Predicates.resideInAPackage("dev.parley.acceptance..")
                    .and(JavaClass.Predicates.resideOutsideOfPackage(MUTANTS)));

    @ArchTest
    static final ArchRule checkerKnowsOnlyWhatClientsSaw = classes()
            .that()
            .resideInAPackage(CHECKER)
            .and(HasName.Predicates.nameMatching(".*Test").negate())
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(CHECKER, "java..");

    @ArchTest
    static final ArchRule packagesFormNoCycle =
            slices().matching("dev.parley.acceptance.(**)").should().beFreeOfCycles();
}
