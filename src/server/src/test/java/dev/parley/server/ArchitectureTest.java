package dev.parley.server;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.type;
import static com.tngtech.archunit.core.domain.properties.CanBeAnnotated.Predicates.annotatedWith;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.GeneralCodingRules.NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS;
import static com.tngtech.archunit.library.GeneralCodingRules.NO_CLASSES_SHOULD_USE_JAVA_UTIL_LOGGING;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.CompositeArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import dev.parley.server.handshake.ClientAddressReader;
import dev.parley.server.handshake.Credentials;
import dev.parley.server.handshake.Handshake;
import dev.parley.server.handshake.HandshakeFilter;
import dev.parley.server.handshake.HubConfigurator;
import dev.parley.server.handshake.ProblemWriter;
import dev.parley.server.handshake.Tickets;
import jakarta.annotation.security.PermitAll;
import jakarta.websocket.server.ServerEndpoint;
import jakarta.ws.rs.HttpMethod;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Future;
import java.util.stream.Stream;

/** The walls of the house, as the design has them. */
@AnalyzeClasses(packages = "dev.parley", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    private static final String ROOT = "dev.parley.server";
    private static final String PROTOCOL = "dev.parley.protocol..";
    private static final DescribedPredicate<JavaClass> NOT_OURS = not(resideInAPackage("dev.parley.."));

    /** In the order in which a message passes them; a step knows only later ones, and the leaves. */
    private static final List<String> STEPS =
            List.of("handshake", "endpoint", "dispatch", "store", "backplane", "fanout");

    /** An endpoint's annotation must name its configurator; that is all an endpoint knows of the handshake. */
    private static final DescribedPredicate<JavaClass> ENDPOINTS =
            annotatedWith(ServerEndpoint.class).forSubtype();

    @ArchTest
    static final ArchRule everyPackageHasItsPlace = classes()
            .that()
            .resideInAPackage(in(ROOT))
            .should()
            .resideInAnyPackage(Stream.concat(
                            Stream.of(ROOT, step("session"), step("config"), step("log"), step("api")),
                            STEPS.stream().map(ArchitectureTest::step))
                    .toArray(String[]::new));

    @ArchTest
    static final ArchRule aStepKnowsOnlyLaterSteps = STEPS.stream()
            .map(ArchitectureTest::knowsOnlyLaterSteps)
            .reduce((first, second) -> CompositeArchRule.of(first).and(second))
            .orElseThrow();

    @ArchTest
    static final ArchRule configKnowsNobody = knowsOnly(step("config"));

    @ArchTest
    static final ArchRule logKnowsNobody = knowsOnly(step("log"));

    @ArchTest
    static final ArchRule sessionKnowsOnlyProtocolAndConfig = knowsOnly(step("session"), step("config"), PROTOCOL);

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
    static final ArchRule packagesFormNoCycle = slices().matching("dev.parley.server.(*)..")
            .should()
            .beFreeOfCycles()
            .ignoreDependency(ENDPOINTS, type(HubConfigurator.class));

    @ArchTest
    static final ArchRule onlyTheEdgesKnowTheContainer = noClasses()
            .that(not(resideInAnyPackage(ROOT, step("api"), step("endpoint")))
                    .and(not(belongToAnyOf(
                            ClientAddressReader.class,
                            HandshakeFilter.class,
                            HubConfigurator.class,
                            ProblemWriter.class))))
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

    /** A server may have five threads for HTTP. What starts before there are requests may wait. */
    @ArchTest
    static final ArchRule noRequestWaitsForAFuture = noClasses()
            .that(resideInAnyPackage(step("api"), step("endpoint"), step("dispatch"))
                    .or(belongToAnyOf(HandshakeFilter.class, Handshake.class, Credentials.class, Tickets.class)))
            .should()
            .callMethodWhere(target(owner(assignableTo(Future.class))).and(target(nameMatching("get|join"))));

    /** There the caller's name is looked at, and the deadline is kept. */
    @ArchTest
    static final ArchRule resourcesAnswerThroughAsyncResponses = methods()
            .that()
            .areMetaAnnotatedWith(HttpMethod.class)
            .and()
            .areNotAnnotatedWith(PermitAll.class)
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

    @ArchTest
    static final ArchRule logsGoThroughSystemLogger = NO_CLASSES_SHOULD_USE_JAVA_UTIL_LOGGING;

    @ArchTest
    static final ArchRule nothingIsPrinted = NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS;

    @ArchTest
    static final ArchRule namesSayWhatAThingIs =
            noClasses().should().haveNameMatching(".*(Util|Utils|Helper|Manager|Impl)");

    private static ArchRule knowsOnlyLaterSteps(String name) {
        List<String> known = new ArrayList<>(List.of(step("session"), step("config"), step("log"), PROTOCOL));
        STEPS.subList(STEPS.indexOf(name), STEPS.size()).stream()
                .map(ArchitectureTest::step)
                .forEach(known::add);
        DescribedPredicate<JavaClass> allowed = NOT_OURS.or(resideInAnyPackage(known.toArray(String[]::new)));
        ArchRule others = classes()
                .that(resideInAPackage(step(name)).and(not(ENDPOINTS)))
                .should()
                .onlyDependOnClassesThat(allowed)
                .allowEmptyShould(name.equals("backplane"));
        ArchRule endpoints = classes()
                .that(resideInAPackage(step(name)).and(ENDPOINTS))
                .should()
                .onlyDependOnClassesThat(allowed.or(type(HubConfigurator.class)))
                .allowEmptyShould(!name.equals("endpoint"));
        return CompositeArchRule.of(others).and(endpoints);
    }

    /** @param packages the first one knows itself and the others */
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
