/**
 * A Parley client for JVM services. The entry point is {@link dev.parley.client.ParleyClient}.
 *
 * <pre>
 * application ─▶ ParleyClient ─▶ SendQueue ─▶ ClientLoop ─▶ FrameWriter ─▶ Transport      one event loop
 * application ◀─ ListenerQueue, Results ◀──── ClientLoop ◀──────────────── Transport      two threads for listeners
 * </pre>
 *
 * <p>{@code Lifecycle} decides when to connect and when to stop, {@code Unacked} what is sent again,
 * {@code ChannelPositions} what is a duplicate or a gap. All of them are confined to the event loop. Callers pass the
 * time.
 */
package dev.parley.client;
