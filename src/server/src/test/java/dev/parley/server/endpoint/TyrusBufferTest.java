package dev.parley.server.endpoint;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.server.config.SettingSource;
import dev.parley.server.config.Settings;
import jakarta.servlet.ServletContext;
import jakarta.websocket.server.ServerContainer;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.xpath.XPathFactory;
import org.glassfish.tyrus.container.grizzly.server.GrizzlyServerContainer;
import org.junit.jupiter.api.Test;

class TyrusBufferTest {
    private static final int KIB = 1024;
    private static final Path WEB_XML =
            Path.of(System.getProperty("basedir", ".")).resolve("../../webapp/WEB-INF/web.xml");

    private final Object tyrus = new GrizzlyServerContainer().createContainer(Map.of());

    private static ServletContext context(Object container, Optional<String> buffer) {
        return (ServletContext) Proxy.newProxyInstance(
                ServletContext.class.getClassLoader(),
                new Class<?>[] {ServletContext.class},
                (self, method, arguments) -> switch (method.getName() + " " + arguments[0]) {
                    case "getInitParameter org.glassfish.tyrus.servlet.incoming-buffer-size" -> buffer.orElse(null);
                    case "getAttribute jakarta.websocket.server.ServerContainer" -> container;
                    default -> throw new UnsupportedOperationException(method.getName());
                });
    }

    private static String ofWebXml() throws Exception {
        return XPathFactory.newInstance()
                .newXPath()
                .evaluate(
                        "//*[local-name()='context-param'][*[local-name()='param-name']='" + TyrusBuffer.PARAMETER
                                + "']/*[local-name()='param-value']",
                        DocumentBuilderFactory.newInstance()
                                .newDocumentBuilder()
                                .parse(WEB_XML.toFile()));
    }

    @Test
    void webXmlAdmitsTheDefaultAndWhatTheSettingsSay() throws Exception {
        int byDefault =
                Settings.read(new SettingSource(Map.of(), Map.of(), Map.of())).frameMax();
        ServletContext context = context(tyrus, Optional.of(ofWebXml()));

        assertThat(TyrusBuffer.problem(context, byDefault)).isEmpty();
        assertThat(TyrusBuffer.problem(context, 192 * KIB)).isEmpty();
    }

    @Test
    void longerFramesAreAProblemOnTyrus() throws Exception {
        assertThat(TyrusBuffer.problem(context(tyrus, Optional.of(ofWebXml())), 192 * KIB + 1))
                .hasValueSatisfying(
                        problem -> assertThat(problem).contains("196609", TyrusBuffer.PARAMETER, "262145", "262144"));
    }

    @Test
    void withoutTheParameterTyrusHasABufferOfItsOwn() {
        assertThat(TyrusBuffer.problem(context(tyrus, Optional.empty()), 4_000 * KIB))
                .isEmpty();
        assertThat(TyrusBuffer.problem(context(tyrus, Optional.empty()), 4_096 * KIB))
                .isPresent();
    }

    @Test
    void otherContainersHaveNoSuchBuffer() throws Exception {
        Object other = Proxy.newProxyInstance(
                ServerContainer.class.getClassLoader(),
                new Class<?>[] {ServerContainer.class},
                (self, method, none) -> {
                    throw new UnsupportedOperationException(method.getName());
                });
        assertThat(TyrusBuffer.problem(context(other, Optional.of("1024")), 16 * KIB * KIB))
                .isEmpty();
        assertThat(TyrusBuffer.problem(context(null, Optional.of("1024")), 16 * KIB * KIB))
                .isEmpty();
    }
}
