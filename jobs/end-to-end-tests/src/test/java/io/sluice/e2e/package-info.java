@org.jspecify.annotations.NullMarked
package io.sluice.e2e;
