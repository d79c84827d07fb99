/**
 * JSON Binding of objects that have been parsed already. {@link jakarta.json.bind.Jsonb} accepts only texts and
 * streams, so {@link dev.parley.protocol.binding.ParsedObjects} passes it an object through its JSON-P provider.
 */
package dev.parley.protocol.binding;
