package dev.parley.server.backplane;

class LocalBackplaneTest extends BackplaneContract {
    private final LocalBackplane.Network network = new LocalBackplane.Network();

    @Override
    Backplane backplane(String node, Backplane.Listener listener) {
        return new LocalBackplane(node, network, listener);
    }
}
