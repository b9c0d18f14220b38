/** Writes versioned documents to Elasticsearch from Flink, and makes the indices they go to. */
@org.jspecify.annotations.NullMarked
package io.sluice.elasticsearch;
