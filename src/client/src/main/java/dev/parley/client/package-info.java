/**
 * A Parley client for JVM services: {@link dev.parley.client.ParleyClient} is the way in.
 *
 * <pre>
 * application ─▶ ParleyClient ─▶ Conversation ─▶ Writer ─▶ Line        one owner thread
 * application ◀─ Listeners, Results ◀─ Conversation ◀───── Line        two threads for the application's code
 * </pre>
 *
 * <p>{@code Lifecycle} decides when to connect and when to stop, {@code Unacked} what has to be sent again,
 * {@code Channels} what has been seen; {@code Intents} is the application's side of the conversation, {@code Hearing} the
 * server's. All of them belong to the owner thread and know no clock but the one they are told.
 */
package dev.parley.client;
