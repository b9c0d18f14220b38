@org.jspecify.annotations.NullMarked
package io.sluice.format;
