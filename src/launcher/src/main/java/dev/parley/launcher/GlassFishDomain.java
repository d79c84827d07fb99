package dev.parley.launcher;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.KeyStoreException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import javax.xml.transform.TransformerException;
import javax.xml.transform.TransformerFactory;
import javax.xml.transform.dom.DOMSource;
import javax.xml.transform.stream.StreamResult;
import javax.xml.xpath.XPathConstants;
import javax.xml.xpath.XPathExpressionException;
import javax.xml.xpath.XPathFactory;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.SAXException;

/**
 * The folder of a GlassFish server, which GlassFish calls a domain, while its server does not run. The changes of
 * domain.xml are in memory until {@link #save}. Owned by one thread.
 */
final class GlassFishDomain {
    private static final String CONFIG = "/domain/configs/config[@name='server-config']";
    /** GlassFish's own, with which it opens all key stores. The permissions of the folder protect what is in them. */
    private static final char[] MASTER_PASSWORD = "changeit".toCharArray();
    /** The length of a SHA-256 and of its salt. */
    private static final int PASSWORD_BYTES = 40;

    private final Path folder;
    private final Document xml;

    private GlassFishDomain(Path folder, Document xml) {
        this.folder = folder;
        this.xml = xml;
    }

    /** Copies a domain to a folder that does not exist yet. */
    static GlassFishDomain copy(Path from, Path to) throws IOException {
        Files.createDirectories(to);
        // GlassFish writes its configuration again whenever an application is deployed, for everybody to read.
        PrivateFile.createFolder(to.resolve("config"));
        FileTree.copy(from, to);
        try {
            var xml = DocumentBuilderFactory.newInstance()
                    .newDocumentBuilder()
                    .parse(to.resolve("config/domain.xml").toFile());
            return new GlassFishDomain(to, xml);
        } catch (ParserConfigurationException | SAXException e) {
            throw new IOException("Cannot read the domain in " + from, e);
        }
    }

    /** Sets an attribute of all elements that this XPath finds below server-config. */
    void set(String elements, String attribute, String value) {
        find(CONFIG + elements).forEach(element -> element.setAttribute(attribute, value));
    }

    /** Sets system properties of the server, which are stronger than those of the commands. */
    void setProperties(Map<String, String> properties) {
        var server = find("/domain/servers/server[@name='server']").get(0);
        properties.forEach((name, value) -> {
            var property = xml.createElement("system-property");
            property.setAttribute("name", name);
            property.setAttribute("value", value);
            server.insertBefore(property, server.getFirstChild());
        });
    }

    /** The JVM options of the server, as the commands left them. */
    List<String> jvmOptions(Path installation) {
        return find(CONFIG + "/java-config/jvm-options").stream()
                .map(option -> option.getTextContent()
                        .strip()
                        .replace("${com.sun.aas.instanceRoot}", folder.toString())
                        .replace("${com.sun.aas.installRoot}", installation.toString()))
                .toList();
    }

    void add(Path library) throws IOException {
        Files.copy(
                library,
                Files.createDirectories(folder.resolve("lib"))
                        .resolve(library.getFileName().toString()));
    }

    /**
     * Puts the key of a PKCS#12 file under an alias of the server's key store, as keytool -importkeystore does.
     *
     * @throws StartFailed if the file has no key, or the password is not its own
     */
    void importKey(Path file, char[] password, String alias) {
        try {
            var from = KeyStore.getInstance(file.toFile(), password);
            var source = keyOf(from);
            var ownFile = folder.resolve("config/keystore.jks");
            var own = KeyStore.getInstance(ownFile.toFile(), MASTER_PASSWORD);
            own.setKeyEntry(alias, from.getKey(source, password), MASTER_PASSWORD, from.getCertificateChain(source));
            try (var out = Files.newOutputStream(ownFile)) {
                own.store(out, MASTER_PASSWORD);
            }
        } catch (GeneralSecurityException | IOException | IllegalArgumentException e) {
            throw new StartFailed("Cannot use the key in " + file + ": " + e.getMessage());
        }
    }

    private static String keyOf(KeyStore store) throws KeyStoreException {
        for (var alias : Collections.list(store.aliases())) {
            if (store.isKeyEntry(alias)) {
                return alias;
            }
        }
        throw new KeyStoreException("There is no private key in it");
    }

    /**
     * Lets nobody command the server but who can read its folder: GlassFish writes a password there at each start. Its
     * own administrator has no password.
     */
    void shutOutAdministrators() throws IOException {
        var unknown = new byte[PASSWORD_BYTES];
        new SecureRandom().nextBytes(unknown);
        Files.writeString(
                folder.resolve("config/admin-keyfile"),
                "admin;{SSHA256}" + Base64.getEncoder().encodeToString(unknown) + ";asadmin\n");
    }

    void save() throws IOException {
        var file = folder.resolve("config/domain.xml");
        Files.delete(file);
        try (var out = Files.newOutputStream(PrivateFile.create(file))) {
            TransformerFactory.newInstance().newTransformer().transform(new DOMSource(xml), new StreamResult(out));
        } catch (TransformerException e) {
            throw new IOException("Cannot write " + file, e);
        }
    }

    private List<Element> find(String path) {
        try {
            var found = (NodeList) XPathFactory.newInstance().newXPath().evaluate(path, xml, XPathConstants.NODESET);
            return IntStream.range(0, found.getLength())
                    .mapToObj(i -> (Element) found.item(i))
                    .toList();
        } catch (XPathExpressionException e) {
            throw new IllegalArgumentException(path, e);
        }
    }

    /** The Java command that bin/startserv ends with, called directly. */
    List<String> command(Path installation, List<String> more) {
        var command = new ArrayList<String>();
        command.add(ServerConfiguration.java());
        command.addAll(jvmOptions(installation));
        // After those of the domain: the JVM uses the last -Xmx.
        command.addAll(more);
        command.add("-Dcom.sun.aas.instanceRoot=" + folder);
        command.add("-Dcom.sun.aas.installRoot=" + installation);
        command.add("-cp");
        command.add(installation.resolve("modules/glassfish.jar").toString());
        command.add("com.sun.enterprise.glassfish.bootstrap.GlassFishMain");
        command.addAll(List.of("-domaindir", folder.toString(), "-domainname", "parley"));
        command.addAll(List.of("-instancename", "server", "-type", "DAS"));
        command.addAll(List.of("-verbose", "false", "-debug", "false"));
        return List.copyOf(command);
    }
}
