/** Flink SQL over Sluice's topics: the bundled tables, views and queries, and a shell on them. */
@org.jspecify.annotations.NullMarked
package io.sluice.sql;
