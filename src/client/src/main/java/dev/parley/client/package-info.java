/**
 * A Parley client for JVM services. The entry point is {@link dev.parley.client.ParleyClient}.
 * {@link dev.parley.client.ParleyEndpoint}, the endpoint of each of its connections, can be used alone.
 *
 * <pre>
 * application ─▶ SendQueue ─▶ ClientLoop ─▶ FrameWriter ─▶ Transport
 * application ◀─ ListenerQueue, Results ◀─ ClientLoop ◀─ Transport
 * </pre>
 *
 * <p>Everything between the application and the transport runs on one event loop. Listeners and results have a thread
 * each.
 *
 * <p>{@code Lifecycle} decides when to connect and when to stop, and {@code Reconnector} does it. {@code Unacked}
 * decides what is sent again, {@code ChannelPositions} what is a duplicate or a gap. All of them are confined to the
 * event loop. Callers pass the time.
 */
package dev.parley.client;
