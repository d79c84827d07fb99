package dev.parley.server.api;

import static com.tngtech.archunit.core.domain.properties.CanBeAnnotated.Predicates.annotatedWith;
import static com.tngtech.archunit.lang.conditions.ArchPredicates.are;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import dev.parley.protocol.ErrorCode;
import dev.parley.server.http.Problem;
import jakarta.json.Json;
import jakarta.json.JsonArray;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import jakarta.json.JsonString;
import jakarta.json.JsonValue;
import jakarta.servlet.annotation.WebServlet;
import jakarta.ws.rs.ApplicationPath;
import jakarta.ws.rs.HttpMethod;
import jakarta.ws.rs.Path;
import java.lang.annotation.Annotation;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The OpenAPI document describes exactly the API of the code. */
class OpenApiTest {
    private static final Set<String> METHODS =
            Set.of("get", "head", "post", "put", "patch", "delete", "options", "trace");
    private static final String API =
            "/" + ApiApplication.class.getAnnotation(ApplicationPath.class).value();

    private static final JsonObject DOCUMENT = document();
    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("dev.parley.server");

    private static JsonObject document() {
        try (JsonReader reader =
                Json.createReader(OpenApiResource.class.getResourceAsStream(OpenApiResource.DOCUMENT))) {
            return reader.readObject();
        }
    }

    /** The operations of the document, such as {@code POST /api/tickets}. */
    private static Set<String> described() {
        return DOCUMENT.getJsonObject("paths").entrySet().stream()
                .flatMap(path -> path.getValue().asJsonObject().keySet().stream()
                        .filter(METHODS::contains)
                        .map(method -> method.toUpperCase(Locale.ROOT) + " " + path.getKey()))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static List<Class<?>> annotated(Class<? extends Annotation> annotation) {
        List<Class<?>> found = CLASSES.that(are(annotatedWith(annotation))).stream()
                .<Class<?>>map(JavaClass::reflect)
                .toList();
        assertThat(found).as("classes with @%s", annotation.getSimpleName()).isNotEmpty();
        return found;
    }

    private static Stream<String> operations(Class<?> resource) {
        String root = API + "/" + resource.getAnnotation(Path.class).value();
        return Arrays.stream(resource.getMethods()).flatMap(method -> verb(method).stream()
                .map(verb -> verb + " " + root
                        + Optional.ofNullable(method.getAnnotation(Path.class))
                                .map(path -> "/" + path.value())
                                .orElse("")));
    }

    private static Optional<String> verb(Method method) {
        return Arrays.stream(method.getAnnotations())
                .map(annotation -> annotation.annotationType().getAnnotation(HttpMethod.class))
                .filter(verb -> verb != null)
                .map(HttpMethod::value)
                .findFirst();
    }

    @Test
    void theDocumentHasEveryResourceMethodAndNoOther() {
        Set<String> coded = annotated(Path.class).stream()
                .flatMap(OpenApiTest::operations)
                .collect(Collectors.toCollection(TreeSet::new));

        assertThat(described().stream().filter(operation -> operation.contains(" " + API + "/")))
                .containsExactlyElementsOf(coded);
    }

    @Test
    void theDocumentHasEveryServletAndNoOther() {
        Set<String> coded = annotated(WebServlet.class).stream()
                .flatMap(servlet -> Arrays.stream(
                                servlet.getAnnotation(WebServlet.class).value())
                        .flatMap(pattern -> Arrays.stream(servlet.getDeclaredMethods())
                                .map(Method::getName)
                                .filter(name -> name.matches("do[A-Z][a-z]+"))
                                .map(name -> name.substring(2).toUpperCase(Locale.ROOT) + " " + pattern)))
                .collect(Collectors.toCollection(TreeSet::new));

        // A servlet's pattern ends in /*, the corresponding path of the document in a concrete segment or parameter.
        assertThat(described().stream()
                        .filter(operation -> !operation.contains(" " + API + "/"))
                        .map(operation -> operation.replaceFirst("/[^/]+$", "/*"))
                        .distinct())
                .containsExactlyElementsOf(coded);
    }

    @Test
    void everyCodeInTheDocumentExists() {
        Set<String> existing = Stream.concat(
                        Arrays.stream(ErrorCode.values()).map(ErrorCode::wireName), Problem.CODES_OF_HTTP.stream())
                .collect(Collectors.toSet());
        List<String> codes = codes();

        assertThat(codes)
                .isNotEmpty()
                .isSubsetOf(existing)
                .doesNotHaveDuplicates()
                .isSorted();
    }

    @Test
    void generalErrorsHaveACodeInTheDocument() {
        assertThat(codes()).containsAll(Problem.CODES_OF_HTTP);
        assertThat(IntStream.range(400, 600)
                        .mapToObj(status -> Problem.ofStatus(status).code()))
                .isSubsetOf(codes());
    }

    private static List<String> codes() {
        JsonArray codes = (JsonArray) DOCUMENT.getValue("/components/schemas/Problem/properties/code/enum");
        return codes.getValuesAs(JsonString::getString);
    }

    @Test
    void aProblemHasWhatItsSchemaRequires() {
        JsonObject schema = DOCUMENT.getValue("/components/schemas/Problem").asJsonObject();

        assertThat(Problem.ofStatus(404).json().keySet())
                .containsExactlyElementsOf(schema.getJsonArray("required").getValuesAs(JsonString::getString))
                .isEqualTo(schema.getJsonObject("properties").keySet());
    }

    @Test
    void everyReferenceInTheDocumentResolves() {
        List<String> references = references(DOCUMENT).toList();

        assertThat(references).isNotEmpty().allSatisfy(reference -> {
            assertThat(reference).startsWith("#/");
            assertThat(DOCUMENT.getValue(reference.substring(1))).isNotNull();
        });
    }

    private static Stream<String> references(JsonValue value) {
        if (value instanceof JsonObject object) {
            return object.entrySet().stream()
                    .flatMap(member -> member.getKey().equals("$ref")
                            ? Stream.of(((JsonString) member.getValue()).getString())
                            : references(member.getValue()));
        }
        return value instanceof JsonArray array ? array.stream().flatMap(OpenApiTest::references) : Stream.empty();
    }

    @ParameterizedTest
    @ValueSource(ints = {400, 401, 403, 404, 405, 406, 413, 415, 429, 500, 503})
    void everyStatusInUseHasATitleAndADetail(int status) {
        JsonObject problem = Problem.ofStatus(status).json();

        assertThat(problem.getInt("status")).isEqualTo(status);
        assertThat(problem.getString("title")).isNotEqualTo("Error");
        assertThat(problem.getString("detail")).endsWith(".");
    }
}
