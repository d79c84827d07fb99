/** What tests know of application servers: their differences, and an application to compare Parley with. */
package dev.parley.acceptance.servers;
