/** Micro-benchmarks of single parts, with JMH: {@code -Dbench=Micro}. They explain figures, and replace none. */
package dev.parley.bench.micro;
