package io.sluice.server;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.WireFormat;
import java.io.IOException;

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
    static long ofProtobuf(byte[] message, Descriptor type) throws IOException {
        return messages(CodedInputStream.newInstance(message), type, 0) * MESSAGE;
    }

    static long ofRecords(long records) {
        return records * RECORD;
    }

    private static long messages(CodedInputStream in, Descriptor type, int depth) throws IOException {
        long count = 1;
        while (!in.isAtEnd()) {
            int tag = in.readTag();
            FieldDescriptor field = type.findFieldByNumber(WireFormat.getTagFieldNumber(tag));
            if (depth < MAX_DEPTH
                    && field != null
                    && field.getJavaType() == FieldDescriptor.JavaType.MESSAGE
                    && WireFormat.getTagWireType(tag) == WireFormat.WIRETYPE_LENGTH_DELIMITED) {
                int outer = in.pushLimit(in.readRawVarint32());
                count += messages(in, field.getMessageType(), depth + 1);
                in.popLimit(outer);
            } else {
                in.skipField(tag);
            }
        }
        return count;
    }
}
