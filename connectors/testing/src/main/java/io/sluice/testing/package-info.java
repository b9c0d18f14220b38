/** Real Elasticsearch and Kafka on loopback, without containers: for tests and for the embedded stack. */
@org.jspecify.annotations.NullMarked
package io.sluice.testing;
