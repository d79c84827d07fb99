package dev.parley.acceptance.pages;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import dev.parley.acceptance.support.Tokens;
import dev.parley.acceptance.support.WireClient;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The administration page. */
class AdminPagesIT extends PagesTest {
    @Test
    void whoHasNoTokenIsAskedForOne() {
        Page page = open("admin.html");
        page.click("main .primary");
        page.fill("#token", Tokens.of("plain"));
        page.click("#sign-in .primary");
        assertThat(page.locator("#problem")).containsText("admin");
        assertThat(page.locator("#sessions")).hasCount(0);
    }

    @Test
    void nodesSessionsAndRoomsAreListed() {
        try (WireClient user = WireClient.user(ws("/chat"), "listed");
                WireClient guest = WireClient.guest(ws("/chat"), "visitor")) {
            user.send("{'type':'join','room':'cellar'}");
            user.next("joined");
            Page page = admin();

            assertThat(page.locator(".node .state")).hasText("Ready");
            assertThat(page.locator(".node")).containsText(Pattern.compile("Version\\s+1\\."));
            assertThat(page.locator("#sessions tr", having("listed"))).containsText("/chat");
            assertThat(page.locator("#sessions tr", having("visitor"))).containsText("guest");
            assertThat(page.locator("#rooms tr", having("cellar"))).containsText("1");

            page.fill("#username", "visitor");
            page.press("#username", "Enter");
            assertThat(page.locator("#sessions tbody tr")).hasCount(1);
            assertThat(guest.isOpen()).isTrue();
        }
    }

    /** As two nodes would answer, of which one is cut off from the other. */
    @Test
    void sessionsOfSeveralNodesShowTheirNode() {
        try (WireClient user = WireClient.user(ws("/chat"), "placed")) {
            Page page = admin();
            assertThat(page.locator("#sessions tr", having("placed"))).hasCount(1);
            assertThat(page.locator("#sessions th")).hasCount(5);
            assertThat(page.locator("#silent, #part, #rooms-part")).hasCount(0);
            assertThat(page.locator("#lists-problem")).isHidden();

            answer(page, "**/api/nodes", """
                    {"answeredBy":"1","nodes":[
                      {"node":"1","name":"east","version":"1","startedAt":"2026-01-31T12:00:00Z","sessions":1200,
                       "state":"ready"},
                      {"node":"2","name":"west","version":"1","startedAt":"2026-01-31T12:00:00Z","sessions":1,
                       "state":"ready"}]}""");
            String nodes = "\"nodes\":[{\"node\":\"1\",\"name\":\"east\",\"answered\":true},"
                    + "{\"node\":\"2\",\"name\":\"west\",\"answered\":false}]";
            answer(
                    page,
                    "**/api/nodes/sessions",
                    "{\"answeredBy\":\"1\",\"count\":1200," + nodes
                            + ",\"sessions\":[{\"session\":\"s\",\"node\":\"1\",\"path\":\"/chat\",\"address\":\"::1\"}]}");
            answer(
                    page,
                    "**/api/nodes/rooms",
                    "{\"answeredBy\":\"1\","
                            + nodes.replace("true", "true,\"count\":1100,\"listed\":1")
                            + ",\"rooms\":[{\"room\":\"den\",\"present\":7}]}");

            assertThat(page.locator("#sessions-title")).hasText("1,200 sessions");
            assertThat(page.locator("#part")).containsText("Only 1 of them");
            assertThat(page.locator("#sessions th")).hasCount(6);
            assertThat(page.locator("#sessions [data-session=s]")).containsText("east");
            assertThat(page.locator("#rooms-title")).hasText("1,100 rooms with people");
            assertThat(page.locator("#rooms-part")).containsText("Only 1 of them");
            assertThat(page.locator("#rooms tr", having("den"))).containsText("7");
            assertThat(page.locator("#silent")).containsText("west");
            assertThat(page.locator("#silent")).not().containsText("east");
            screenshot(page, "admin-nodes");
            page.locator("#rooms").scrollIntoViewIfNeeded();
            screenshot(page, "admin-nodes-sessions");
            assertThat(user.isOpen()).isTrue();
        }
    }

    @Test
    void nodesAreShownWhileTheListsFail() {
        try (WireClient user = WireClient.user(ws("/chat"), "kept")) {
            Page page = admin();
            assertThat(page.locator("#sessions tr", having("kept"))).hasCount(1);
            answer(page, "**/api/nodes", """
                    {"answeredBy":"1","nodes":[
                      {"node":"1","name":"east","version":"1","startedAt":"2026-01-31T12:00:00Z","sessions":1200,
                       "state":"ready"}]}""");
            page.route("**/api/nodes/rooms", route -> route.fulfill(new Route.FulfillOptions().setStatus(404)));

            assertThat(page.locator(".node h3")).hasText("east");
            assertThat(page.locator("#lists-problem")).containsText("404");
            assertThat(page.locator("#problem")).isHidden();
            assertThat(page.locator("#sessions tr", having("kept"))).hasCount(1);
            assertThat(user.isOpen()).isTrue();
        }
    }

    @Test
    void lateAnswerToAnotherFilterIsDropped() {
        try (WireClient guest = WireClient.guest(ws("/chat"), "visitor");
                WireClient user = WireClient.user(ws("/chat"), "other")) {
            Page page = admin();
            assertThat(page.locator("#sessions tr", having("other"))).hasCount(1);
            List<Route> unfiltered = new ArrayList<>();
            List<Route> filtered = new ArrayList<>();
            page.route(url -> url.endsWith("/api/nodes/sessions"), unfiltered::add);
            page.route(url -> url.endsWith("/api/nodes/sessions?username=visitor"), route -> {
                filtered.add(route);
                if (filtered.size() == 1) {
                    route.resume();
                }
            });
            page.waitForCondition(() -> !unfiltered.isEmpty());
            page.fill("#username", "visitor");
            page.press("#username", "Enter");
            assertThat(page.locator("#sessions tr", having("other"))).hasCount(0);

            unfiltered
                    .get(0)
                    .fulfill(new Route.FulfillOptions()
                            .setContentType("application/json")
                            .setBody("{\"answeredBy\":\"1\",\"count\":1,\"nodes\":[],\"sessions\":["
                                    + "{\"session\":\"s\",\"node\":\"1\",\"path\":\"/late\",\"address\":\"::1\"}]}"));
            // The next question comes seconds after that answer.
            page.waitForCondition(() -> filtered.size() == 2);
            assertThat(page.locator("#sessions tr", having("visitor"))).hasCount(1);
            assertThat(page.locator("#sessions tr", having("/late"))).hasCount(0);
            assertThat(guest.isOpen()).isTrue();
            assertThat(user.isOpen()).isTrue();
        }
    }

    /** Lets the page hear this from now on; it asks each five seconds. */
    private static void answer(Page page, String path, String json) {
        page.route(
                path,
                route -> route.fulfill(new Route.FulfillOptions()
                        .setContentType("application/json")
                        .setBody(json)));
    }

    @Test
    void announcementReachesEverybody() {
        Page reader = signedIn("listener");
        Page page = admin();
        page.fill("#announce-title", "Tonight");
        page.fill("#announce-content", "a restart at ten");
        page.selectOption("#announce-level", "warning");
        page.click("#announce button");

        assertThat(page.locator("main [role=status]")).hasText("The announcement was sent.");
        assertThat(page.locator("#announce-content")).hasValue("");
        assertThat(reader.locator("#notifications .warning")).containsText("a restart at ten");
    }

    @Test
    void sessionIsEndedAfterAQuestion() {
        try (WireClient user = WireClient.user(ws("/chat"), "ended")) {
            Page page = admin();
            Locator row = page.locator("#sessions tr", having("ended"));
            row.locator("button").click();
            page.keyboard().press("Escape");
            assertThat(page.locator("#confirm")).hasCount(0);
            assertThat(user.isOpen()).isTrue();
            assertThat(row.locator("button")).isFocused();

            row.locator("button").click();
            page.click("#confirm");
            assertThat(row).hasCount(0);
            assertThat(user.closeCode()).isEqualTo(4502);
        }
    }

    @Test
    void accessOfAUserIsRevoked() {
        try (WireClient user = WireClient.user(ws("/chat"), "dismissed")) {
            Page page = admin();
            page.fill("#revoke-name", "dismissed");
            page.click("#revoke button");
            page.click("#confirm");
            assertThat(page.locator("main [role=status]")).containsText("dismissed");
            assertThat(user.closeCode()).isEqualTo(4505);
        }
    }

    @Test
    void namesBreakNoLayoutOnAPhone() {
        String wide = "W".repeat(64);
        try (WireClient user = WireClient.user(ws("/chat"), wide);
                WireClient guest = WireClient.guest(ws("/chat"), "נועה 5")) {
            user.send("{'type':'join','room':'" + "w".repeat(64) + "'}");
            user.next("joined");
            Page page = admin();
            page.setViewportSize(360, 740);
            Locator row = page.locator("#sessions tr", having(wide));
            assertThat(row).hasCount(1);
            assertThat(page.locator("#rooms tr", having("w".repeat(64)))).hasCount(1);
            assertThat(page.locator("#sessions tr", having("נועה 5")).locator("bdi"))
                    .hasCSS("direction", "rtl");
            ChatPagesIT.assertNoSidewaysScrolling(page);
            assertWithinTheScreen(page.locator(".node, .node h3, #announce button, #revoke button, #username, .table"));

            row.locator("button").click();
            assertThat(page.locator("#confirm")).isVisible();
            assertWithinTheScreen(page.locator("#question h2, #question button"));
            screenshot(page, "admin-names-360");
            page.click("#confirm");
            assertThat(page.locator("main [role=status]")).containsText(wide);
            ChatPagesIT.assertNoSidewaysScrolling(page);
            assertWithinTheScreen(page.locator("main [role=status]"));
            assertThat(user.closeCode()).isEqualTo(4502);
            assertThat(guest.isOpen()).isTrue();
        }
    }

    private Page admin() {
        Page page = withToken("admin.html", Tokens.of("root", "admin"));
        assertThat(page.locator("#sessions")).isVisible();
        return page;
    }
}
