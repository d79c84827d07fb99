/** What administrators see of all nodes. In come the reports that nodes keep in the database; out goes their list. */
package dev.parley.server.api.nodes;
