package io.sluice.server;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.WireFormat;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a body takes when it is decoded, in the byte budget's terms. For telemetry that is about its length; but two
 * bytes can also be an empty message of sixty, so a small body made for that purpose could fill the heap.
 */
final class Weight {
    /** Of one message of any kind, as an object of the protobuf library. */
    private static final long MESSAGE = 12;

    /** Of one log record, data point or span, as the record that it becomes. */
    private static final long RECORD = 200;

    /** Deeper than protobuf's own limit, which ends the parsing. */
    private static final int MAX_DEPTH = 200;

    private Weight() {}

    static long ofJson(byte[] json) {
        long objects = 0;
        for (byte b : json) {
            if (b == '{') {
                objects++;
            }
        }
        return objects * MESSAGE;
    }

    /** @throws IOException for bytes that are not a message */
    static long ofProtobuf(byte[] message, Shape type) throws IOException {
        return messages(CodedInputStream.newInstance(message), type, 0) * MESSAGE;
    }

    static long ofRecords(long records) {
        return records * RECORD;
    }

    private static long messages(CodedInputStream in, Shape type, int depth) throws IOException {
        long count = 1;
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            int number = WireFormat.getTagFieldNumber(tag);
            Shape inner = WireFormat.getTagWireType(tag) == WireFormat.WIRETYPE_LENGTH_DELIMITED
                            && number < type.messages.length
                            && depth < MAX_DEPTH
                    ? type.messages[number]
                    : null;
            if (inner != null) {
                int outer = in.pushLimit(in.readRawVarint32());
                count += messages(in, inner, depth + 1);
                in.popLimit(outer);
            } else {
                in.skipField(tag);
            }
        }
        return count;
    }

    /** Which fields of a message are messages: all that is asked about its type, for every field sent. */
    static final class Shape {
        /** By field number; null: the field is none. Not final, as types contain themselves. */
        private @Nullable Shape[] messages = {};

        private Shape() {}

        static Shape of(Descriptor type) {
            return of(type, new HashMap<>());
        }

        private static Shape of(Descriptor type, Map<Descriptor, Shape> known) {
            Shape shape = known.get(type);
            if (shape != null) {
                return shape;
            }
            Shape added = new Shape();
            known.put(type, added);
            int most = type.getFields().stream()
                    .mapToInt(FieldDescriptor::getNumber)
                    .max()
                    .orElse(0);
            added.messages = new @Nullable Shape[most + 1];
            for (FieldDescriptor field : type.getFields()) {
                if (field.getJavaType() == FieldDescriptor.JavaType.MESSAGE) {
                    added.messages[field.getNumber()] = of(field.getMessageType(), known);
                }
            }
            return added;
        }
    }
}
