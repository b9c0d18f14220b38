package io.sluice.scim;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An attribute's definition (RFC 7643, 2 and 7).
 *
 * @param caseExact whether its values are compared with case; only of meaning for text
 * @param canonicalValues usual values, of which none is enforced; may be empty
 * @param referenceTypes for references; else empty
 * @param subAttributes for complex attributes; else empty
 */
public record ScimAttribute(
        String name,
        Type type,
        boolean multiValued,
        String description,
        boolean required,
        List<String> canonicalValues,
        boolean caseExact,
        Mutability mutability,
        Returned returned,
        boolean unique,
        List<String> referenceTypes,
        List<ScimAttribute> subAttributes) {

    /** Types in use. RFC 7643 has also decimal and binary. */
    public enum Type {
        STRING("string"),
        BOOLEAN("boolean"),
        /** In discovery documents only. */
        INTEGER("integer"),
        DATE_TIME("dateTime"),
        REFERENCE("reference"),
        COMPLEX("complex");

        private final String word;

        Type(String word) {
            this.word = word;
        }
    }

    /** Who may change it. */
    public enum Mutability {
        READ_ONLY("readOnly"),
        READ_WRITE("readWrite"),
        IMMUTABLE("immutable");

        private final String word;

        Mutability(String word) {
            this.word = word;
        }
    }

    /** When it is in an answer. */
    public enum Returned {
        ALWAYS("always"),
        DEFAULT("default");

        private final String word;

        Returned(String word) {
            this.word = word;
        }
    }

    public ScimAttribute {
        canonicalValues = List.copyOf(canonicalValues);
        referenceTypes = List.copyOf(referenceTypes);
        subAttributes = List.copyOf(subAttributes);
    }

    static ScimAttribute text(String name, String description) {
        return of(name, Type.STRING, description);
    }

    static ScimAttribute of(String name, Type type, String description) {
        return new ScimAttribute(
                name,
                type,
                false,
                description,
                false,
                List.of(),
                false,
                Mutability.READ_WRITE,
                Returned.DEFAULT,
                false,
                List.of(),
                List.of());
    }

    static ScimAttribute complex(String name, String description, List<ScimAttribute> subAttributes) {
        return new ScimAttribute(
                name,
                Type.COMPLEX,
                false,
                description,
                false,
                List.of(),
                false,
                Mutability.READ_WRITE,
                Returned.DEFAULT,
                false,
                List.of(),
                subAttributes);
    }

    ScimAttribute asMultiValued() {
        return copy(true, required, canonicalValues, caseExact, mutability, returned, unique, referenceTypes);
    }

    ScimAttribute asRequired() {
        return copy(multiValued, true, canonicalValues, caseExact, mutability, returned, unique, referenceTypes);
    }

    ScimAttribute asCaseExact() {
        return copy(multiValued, required, canonicalValues, true, mutability, returned, unique, referenceTypes);
    }

    ScimAttribute asUnique() {
        return copy(multiValued, required, canonicalValues, caseExact, mutability, returned, true, referenceTypes);
    }

    ScimAttribute asAlwaysReturned() {
        return copy(
                multiValued, required, canonicalValues, caseExact, mutability, Returned.ALWAYS, unique, referenceTypes);
    }

    ScimAttribute with(Mutability newMutability) {
        return copy(multiValued, required, canonicalValues, caseExact, newMutability, returned, unique, referenceTypes);
    }

    ScimAttribute usually(String... values) {
        return copy(multiValued, required, List.of(values), caseExact, mutability, returned, unique, referenceTypes);
    }

    ScimAttribute referringTo(String... types) {
        return copy(multiValued, required, canonicalValues, true, mutability, returned, unique, List.of(types));
    }

    private ScimAttribute copy(
            boolean newMultiValued,
            boolean newRequired,
            List<String> newCanonicalValues,
            boolean newCaseExact,
            Mutability newMutability,
            Returned newReturned,
            boolean newUnique,
            List<String> newReferenceTypes) {
        return new ScimAttribute(
                name,
                type,
                newMultiValued,
                description,
                newRequired,
                newCanonicalValues,
                newCaseExact,
                newMutability,
                newReturned,
                newUnique,
                newReferenceTypes,
                subAttributes);
    }

    boolean readOnly() {
        return mutability == Mutability.READ_ONLY;
    }

    boolean complex() {
        return type == Type.COMPLEX;
    }

    /** The sub-attribute of that name in any case, or null. */
    @Nullable
    ScimAttribute sub(String subName) {
        return find(subAttributes, subName);
    }

    static @Nullable ScimAttribute find(List<ScimAttribute> attributes, String name) {
        for (ScimAttribute attribute : attributes) {
            if (attribute.name.equalsIgnoreCase(name)) {
                return attribute;
            }
        }
        return null;
    }

    /** As in {@code /Schemas}. Nothing in it is ever null, which Entra asks for. */
    ObjectNode document() {
        ObjectNode out = ScimJson.object();
        out.put("name", name);
        out.put("type", type.word);
        out.put("multiValued", multiValued);
        out.put("description", description);
        out.put("required", required);
        list(out, "canonicalValues", canonicalValues);
        out.put("caseExact", caseExact);
        out.put("mutability", mutability.word);
        out.put("returned", returned.word);
        out.put("uniqueness", unique ? "server" : "none");
        list(out, "referenceTypes", referenceTypes);
        if (complex()) {
            ArrayNode subs = out.putArray("subAttributes");
            subAttributes.forEach(sub -> subs.add(sub.document()));
        }
        return out;
    }

    private static void list(ObjectNode out, String name, List<String> values) {
        if (!values.isEmpty()) {
            ArrayNode list = out.putArray(name);
            values.forEach(list::add);
        }
    }
}
