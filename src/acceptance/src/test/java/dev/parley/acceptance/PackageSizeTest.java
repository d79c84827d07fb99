package dev.parley.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import java.util.Map;
import java.util.stream.Collectors;

/** The size of the packages of all modules that these tests use. */
@AnalyzeClasses(packages = "dev.parley")
class PackageSizeTest {
    /** A larger package has two subjects. {@code package-info.java} counts. */
    @ArchTest
    static void noPackageHasMoreThan22Files(JavaClasses all) {
        Map<String, Long> files = all.stream()
                .filter(type -> type.getEnclosingClass().isEmpty())
                .collect(Collectors.groupingBy(JavaClass::getPackageName, Collectors.counting()));
        assertThat(files)
                .containsKeys(
                        "dev.parley.protocol",
                        "dev.parley.client.internal.transport",
                        "dev.parley.server.api",
                        "dev.parley.launcher",
                        "dev.parley.acceptance.wire");
        assertThat(files).allSatisfy((name, count) -> assertThat(count).as(name).isLessThanOrEqualTo(22));
    }
}
