package dev.parley.acceptance.servers;

import dev.parley.acceptance.support.ParleyDeployment;

/** What tests expect of the application server that they run on, where servers differ and the WAR cannot change it. */
public final class ServerDifferences {
    private ServerDifferences() {}

    /**
     * The close code for a frame that is announced longer than the container collects. Tyrus has 1011 for it, from its
     * own buffer; elsewhere Parley or the container says 1009.
     */
    public static int hugeFrameCode() {
        return switch (ParleyDeployment.Built.SERVER.name()) {
            case "glassfish", "payara" -> 1011;
            default -> 1009;
        };
    }
}
