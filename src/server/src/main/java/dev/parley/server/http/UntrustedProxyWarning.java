package dev.parley.server.http;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Tells an administrator who has forgotten {@code parley.forwarded.trusted}: an address with many guests, whose
 * requests have {@code X-Forwarded-For}, is probably a proxy. Its guests share the limits of one address. One warning
 * for each address. Any thread.
 */
public final class UntrustedProxyWarning {
    /** As many guests as share one household, or a few. */
    static final int MANY = 10;

    private static final int ADDRESSES_MAX = 1_000;
    private static final Logger LOG = System.getLogger(UntrustedProxyWarning.class.getName());

    /** Whether it was warned of, by the address of a peer that sent the header. */
    private final Cache<String, AtomicBoolean> isTold =
            Caffeine.newBuilder().maximumSize(ADDRESSES_MAX).build();

    /** A request with {@code X-Forwarded-For} came from a peer that is not trusted. */
    void forwarded(String peer) {
        isTold.get(IpPrefix.of(peer), fresh -> new AtomicBoolean());
    }

    /** @param count sessions of this address that have no credential */
    public void guests(String address, int count) {
        if (count < MANY) {
            return;
        }
        AtomicBoolean told = isTold.getIfPresent(IpPrefix.of(address));
        if (told != null && told.compareAndSet(false, true)) {
            LOG.log(
                    Level.WARNING,
                    "{0} sessions from {1} have no credential, and its requests have X-Forwarded-For. If that is a"
                            + " proxy, name it in parley.forwarded.trusted: until then its guests share the limits of"
                            + " one address.",
                    count,
                    address);
        }
    }
}
