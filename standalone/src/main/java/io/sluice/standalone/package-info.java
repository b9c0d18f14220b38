/** The embedded stack: separate processes under a supervisor, and the {@code sluice} command. */
@org.jspecify.annotations.NullMarked
package io.sluice.standalone;
