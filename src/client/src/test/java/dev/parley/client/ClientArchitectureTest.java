package dev.parley.client;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noMethods;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/**
 * Dependency rules of the client's packages. The compiler allows calls to the public classes of {@code internal}; these
 * rules do not.
 */
@AnalyzeClasses(packages = "dev.parley.client", importOptions = ImportOption.DoNotIncludeTests.class)
class ClientArchitectureTest {
    private static final String INTERNAL = "dev.parley.client.internal";

    @ArchTest
    static final ArchRule loopUsesQueuesAndQueuesUseTransport = layeredArchitecture()
            .consideringOnlyDependenciesInAnyPackage(INTERNAL + "..")
            .layer("loop")
            .definedBy(INTERNAL + ".loop")
            .layer("outbound")
            .definedBy(INTERNAL + ".outbound")
            .layer("inbound")
            .definedBy(INTERNAL + ".inbound")
            .layer("transport")
            .definedBy(INTERNAL + ".transport")
            .whereLayer("loop")
            .mayNotBeAccessedByAnyLayer()
            .whereLayer("outbound")
            .mayOnlyBeAccessedByLayers("loop")
            .whereLayer("inbound")
            .mayOnlyBeAccessedByLayers("loop")
            .whereLayer("transport")
            .mayOnlyBeAccessedByLayers("loop", "outbound", "inbound");

    @ArchTest
    static final ArchRule everyInternalClassIsInALayer = classes()
            .that()
            .resideInAPackage(INTERNAL + "..")
            .should()
            .resideInAnyPackage(
                    INTERNAL + ".loop", INTERNAL + ".outbound", INTERNAL + ".inbound", INTERNAL + ".transport");

    @ArchTest
    static final ArchRule apiExposesNoInternalType = noMethods()
            .that()
            .areDeclaredInClassesThat()
            .resideInAPackage("dev.parley.client")
            .and()
            .arePublic()
            .should()
            .haveRawReturnType(DescribedPredicate.describe(
                    "internal", (JavaClass type) -> type.getPackageName().startsWith(INTERNAL)))
            .orShould()
            .haveRawParameterTypes(DescribedPredicate.describe("with an internal one", types -> types.stream()
                    .anyMatch(type -> type.getPackageName().startsWith(INTERNAL))));
}
