@org.jspecify.annotations.NullMarked
package io.sluice.claudeapi.compliance;
