/** The format {@code avro-single-object} of Flink SQL: values of Sluice's topics as rows. */
@org.jspecify.annotations.NullMarked
package io.sluice.format;
