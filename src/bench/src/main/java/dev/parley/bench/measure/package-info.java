/** What the measurements share: their options and records, loads that several of them use, and what a load has used. */
package dev.parley.bench.measure;
