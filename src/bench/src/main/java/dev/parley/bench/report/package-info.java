/** What a measurement found: one line for people, one JSON record, and the document that is made from the records. */
package dev.parley.bench.report;
