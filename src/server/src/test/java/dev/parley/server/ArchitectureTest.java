package dev.parley.server;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.GeneralCodingRules.NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS;
import static com.tngtech.archunit.library.GeneralCodingRules.NO_CLASSES_SHOULD_USE_JAVA_UTIL_LOGGING;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.CompositeArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import dev.parley.server.api.Open;
import dev.parley.server.auth.Credentials;
import dev.parley.server.auth.Tickets;
import dev.parley.server.fanout.FanOut;
import dev.parley.server.handshake.Handshake;
import dev.parley.server.handshake.HandshakeFilter;
import jakarta.servlet.Filter;
import jakarta.servlet.ServletRequestWrapper;
import jakarta.ws.rs.HttpMethod;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Future;
import java.util.stream.Stream;

/** The dependency rules of the architecture. */
@AnalyzeClasses(packages = "dev.parley", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    private static final String ROOT = "dev.parley.server";
    private static final String PROTOCOL = "dev.parley.protocol..";
    private static final DescribedPredicate<JavaClass> NOT_OURS = not(resideInAPackage("dev.parley.."));

    /**
     * The steps of the pipeline, in the order in which a message passes them. A step depends only on later steps and
     * the leaf packages.
     */
    private static final List<String> STEPS =
            List.of("handshake", "endpoint", "dispatch", "store", "backplane", "fanout");

    /** The leaf packages. Every step may use them; each of them depends only on those before it. */
    private static final List<String> LEAVES = List.of("log", "config", "container", "http", "auth", "session");

    @ArchTest
    static final ArchRule everyPackageHasItsPlace = classes()
            .that()
            .resideInAPackage(in(ROOT))
            .should()
            .resideInAnyPackage(Stream.of(Stream.of(ROOT, step("api")), steps(LEAVES), steps(STEPS))
                    .flatMap(packages -> packages)
                    .toArray(String[]::new));

    @ArchTest
    static final ArchRule aStepKnowsOnlyLaterSteps = STEPS.stream()
            .map(ArchitectureTest::knowsOnlyLaterSteps)
            .reduce((first, second) -> CompositeArchRule.of(first).and(second))
            .orElseThrow();

    @ArchTest
    static final ArchRule aLeafKnowsOnlyEarlierLeaves = LEAVES.stream()
            .map(ArchitectureTest::knowsOnlyEarlierLeaves)
            .reduce((first, second) -> CompositeArchRule.of(first).and(second))
            .orElseThrow();

    @ArchTest
    static final ArchRule dispatchKnowsItsHandlersByAPort = noClasses()
            .that()
            .resideInAPackage(ROOT + ".dispatch")
            .should()
            .dependOnClassesThat()
            .resideInAPackage(step("dispatch.handlers"));

    @ArchTest
    static final ArchRule theStoreKnowsItsSqlWhichKnowsItsModel = layeredArchitecture()
            .consideringOnlyDependenciesInAnyPackage(step("store"))
            .layer("store")
            .definedBy(ROOT + ".store")
            .layer("jdbc")
            .definedBy(ROOT + ".store.jdbc..")
            .layer("model")
            .definedBy(ROOT + ".store.model")
            .whereLayer("store")
            .mayNotBeAccessedByAnyLayer()
            .whereLayer("jdbc")
            .mayOnlyBeAccessedByLayers("store");

    @ArchTest
    static final ArchRule sqlStandsInOnePackage = noClasses()
            .that()
            .resideOutsideOfPackages(step("store"), ROOT)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("java.sql..", "javax.sql..", "org.jdbi..", step("store.jdbc"));

    /** Otherwise the other nodes would not hear of it. */
    @ArchTest
    static final ArchRule whatConcernsOtherNodesGoesThroughTheCluster = noClasses()
            .that()
            .resideOutsideOfPackages(step("backplane"), step("fanout"))
            .should()
            .callMethodWhere(
                    target(owner(assignableTo(FanOut.class)))
                            .and(
                                    target(
                                            nameMatching(
                                                    "deliver|receive|receiveBinary|headsSeen|aclChanged|sendReadersAway|sendAllReadersAway|deliverEphemeral"))));

    @ArchTest
    static final ArchRule protocolKnowsNobody = knowsOnly(PROTOCOL);

    @ArchTest
    static final ArchRule nobodyKnowsTheApi = noClasses()
            .that()
            .resideOutsideOfPackage(step("api"))
            .should()
            .dependOnClassesThat()
            .resideInAPackage(step("api"));

    @ArchTest
    static final ArchRule nobodyKnowsTheRoot = noClasses()
            .that()
            .resideOutsideOfPackage(ROOT)
            .should()
            .dependOnClassesThat()
            .resideInAPackage(ROOT);

    @ArchTest
    static final ArchRule packagesFormNoCycle =
            slices().matching("dev.parley.server.(**)").should().beFreeOfCycles();

    /**
     * Two threads could block each other for ever: one initializes the interface and needs the class, the other one
     * initializes the class and needs the interface (JLS 12.4.2).
     */
    @ArchTest
    static final ArchRule interfacesHoldNoConstantsOfTheirImplementations = fields().that()
            .areDeclaredInClassesThat()
            .areInterfaces()
            .should(new ArchCondition<>("not be of a type that implements the interface") {
                @Override
                public void check(JavaField field, ConditionEvents events) {
                    JavaClass type = field.getRawType();
                    boolean isBelow = !type.equals(field.getOwner())
                            && type.isAssignableTo(field.getOwner().getName());
                    events.add(new SimpleConditionEvent(field, !isBelow, field.getDescription()));
                }
            })
            .allowEmptyShould(true);

    @ArchTest
    static final ArchRule onlyTheEdgesKnowTheContainer = noClasses()
            .that(not(resideInAnyPackage(ROOT, step("api"), step("container"), step("endpoint"), step("http")))
                    .and(not(assignableTo(Filter.class)))
                    .and(not(assignableTo(ServletRequestWrapper.class))))
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "jakarta.annotation..",
                    "jakarta.ejb..",
                    "jakarta.enterprise..",
                    "jakarta.inject..",
                    "jakarta.servlet..",
                    "jakarta.websocket..",
                    "jakarta.ws..");

    /**
     * Requests must not block, because a server may have only five threads for HTTP. Code that runs before the first
     * request may block.
     */
    @ArchTest
    static final ArchRule noRequestWaitsForAFuture = noClasses()
            .that(resideInAnyPackage(step("api"), step("endpoint"), step("dispatch"))
                    .or(belongToAnyOf(HandshakeFilter.class, Handshake.class, Credentials.class, Tickets.class)))
            .should()
            .callMethodWhere(target(owner(assignableTo(Future.class))).and(target(nameMatching("get|join"))));

    /** AsyncResponses checks the caller's name and enforces the deadline. */
    @ArchTest
    static final ArchRule resourcesAnswerThroughAsyncResponses = methods()
            .that()
            .areMetaAnnotatedWith(HttpMethod.class)
            .and()
            .areNotAnnotatedWith(Open.class)
            .should(new ArchCondition<>("call AsyncResponses.to and give back what it gives") {
                @Override
                public void check(JavaMethod method, ConditionEvents events) {
                    boolean isAnswered = method.getRawReturnType().isEquivalentTo(CompletionStage.class)
                            && method.getMethodCallsFromSelf().stream().anyMatch(call -> call.getTargetOwner()
                                    .getSimpleName()
                                    .equals("AsyncResponses"));
                    events.add(new SimpleConditionEvent(method, isAnswered, method.getFullName()));
                }
            });

    @ArchTest
    static final ArchRule noServerIsSpecial = noClasses()
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "com.ibm..",
                    "fish.payara..",
                    "io.openliberty..",
                    "io.undertow..",
                    "org.apache..",
                    "org.eclipse..",
                    "org.glassfish..",
                    "org.jboss..",
                    "org.wildfly..");

    /** Some servers act on these annotations themselves and refuse our tokens. */
    @ArchTest
    static final ArchRule onlyParleyDecidesWhoMayCall =
            noClasses().should().dependOnClassesThat().resideInAPackage("jakarta.annotation.security..");

    @ArchTest
    static final ArchRule logsGoThroughSystemLogger = NO_CLASSES_SHOULD_USE_JAVA_UTIL_LOGGING;

    @ArchTest
    static final ArchRule nothingIsPrinted = NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS;

    @ArchTest
    static final ArchRule namesSayWhatAThingIs =
            noClasses().should().haveNameMatching(".*(Util|Utils|Helper|Manager|Impl)");

    private static ArchRule knowsOnlyLaterSteps(String name) {
        String[] known = Stream.of(
                        Stream.of(PROTOCOL), steps(LEAVES), steps(STEPS.subList(STEPS.indexOf(name), STEPS.size())))
                .flatMap(packages -> packages)
                .toArray(String[]::new);
        return classes()
                .that()
                .resideInAPackage(step(name))
                .should()
                .onlyDependOnClassesThat(NOT_OURS.or(resideInAnyPackage(known)))
                .allowEmptyShould(name.equals("backplane"));
    }

    private static ArchRule knowsOnlyEarlierLeaves(String name) {
        String[] known = Stream.concat(Stream.of(step(name), PROTOCOL), steps(LEAVES.subList(0, LEAVES.indexOf(name))))
                .toArray(String[]::new);
        return knowsOnly(known);
    }

    private static Stream<String> steps(List<String> names) {
        return names.stream().map(ArchitectureTest::step);
    }

    /** @param packages the first one may depend on itself and on the others only */
    private static ArchRule knowsOnly(String... packages) {
        return classes()
                .that()
                .resideInAPackage(packages[0])
                .should()
                .onlyDependOnClassesThat(NOT_OURS.or(resideInAnyPackage(packages)));
    }

    private static String step(String name) {
        return in(ROOT + "." + name);
    }

    private static String in(String name) {
        return name + "..";
    }
}
