/** What analytics may tell about persons. */
@org.jspecify.annotations.NullMarked
package io.sluice.core.privacy;
