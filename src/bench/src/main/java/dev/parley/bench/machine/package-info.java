/** What the operating system and the JVM tell about a process: processor time, memory, a profile. Linux only. */
package dev.parley.bench.machine;
