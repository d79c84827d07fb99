/**
 * A Parley client for JVM services: {@link dev.parley.client.ParleyClient} is the way in.
 *
 * <pre>
 * application ─▶ ParleyClient ─▶ SendQueue ─▶ ClientLoop ─▶ FrameWriter ─▶ Transport      one event loop
 * application ◀─ ListenerQueue, Results ◀──── ClientLoop ◀──────────────── Transport      two threads for listeners
 * </pre>
 *
 * <p>{@code Lifecycle} decides when to connect and when to stop, {@code Unacked} what is sent again,
 * {@code ChannelPositions} what is a duplicate or a gap. All of them are confined to the event loop, and are passed the
 * time.
 */
package dev.parley.client;
