package dev.parley.acceptance;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.properties.HasName;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.util.Map;
import java.util.stream.Collectors;

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

    /** A larger package has two subjects. {@code package-info.java} counts. */
    @ArchTest
    static void noPackageHasMoreThan22Files(JavaClasses all) {
        Map<String, Long> files = all.stream()
                .filter(type -> type.getEnclosingClass().isEmpty())
                .collect(Collectors.groupingBy(JavaClass::getPackageName, Collectors.counting()));
        assertThat(files).allSatisfy((name, count) -> assertThat(count).as(name).isLessThanOrEqualTo(22));
    }
}
