/** Programs that the system has, or gets by its package manager. */
package dev.parley.launcher.programs;
