import { ExitCode, StreamerError } from "../errors.ts";

/** One code for each rule of the cv-mmap contract; stable, for programs and tests. */
export type ContractErrorCode =
  // Segment, both versions
  | "metadata_length"
  | "metadata_magic"
  | "metadata_version"
  | "enumeration_code"
  // Metadata v1
  | "v1_width_zero"
  | "v1_height_zero"
  | "v1_channels_zero"
  | "v1_pixel_format"
  | "v1_depth"
  | "v1_buffer_size_zero"
  | "v1_buffer_size_small"
  | "v1_buffer_size_segment"
  | "v1_channels_mismatch"
  // Metadata v2, header
  | "v2_plane_count"
  | "v2_presence_mask_upper"
  | "v2_presence_mask_contiguous"
  | "v2_presence_mask_left"
  | "v2_presence_mask_count"
  | "v2_descriptors_offset"
  | "v2_descriptor_size"
  | "v2_descriptor_capacity"
  | "v2_payload_size_zero"
  | "v2_payload_size_segment"
  | "v2_depth_unit"
  // Metadata v2, plane descriptors
  | "v2_inactive_slot"
  | "v2_plane_type"
  | "v2_pixel_format"
  | "v2_depth"
  | "v2_width_zero"
  | "v2_height_zero"
  | "v2_stride_zero"
  | "v2_size_zero"
  | "v2_stride_small"
  | "v2_size_small"
  | "v2_offset_payload"
  | "v2_size_payload"
  | "v2_left_offset"
  | "v2_plane_contiguous"
  | "v2_depth_plane_format"
  | "v2_confidence_plane_format"
  | "v2_access_unit_format"
  | "v2_access_unit_height"
  | "v2_access_unit_extent"
  // Metadata v2.1, encoded extension
  | "v2_codec"
  | "v2_bitstream_format"
  | "v2_codec_unknown"
  | "v2_bitstream_format_unknown"
  | "v2_extension_version"
  // Messages
  | "message_empty"
  | "message_magic"
  | "sync_length"
  | "sync_magic"
  | "sync_version"
  | "status_length"
  | "status_magic"
  | "status_version"
  | "status_value"
  | "label_length"
  | "label_ascii"
  | "label_nul"
  | "label_padding"
  // Encoding
  | "field_range"
  | "reserved_length"
  | "region_length"
  // Names
  | "target_plain_name"
  | "target_at_sign"
  | "target_instance"
  | "target_namespace_empty"
  | "target_namespace"
  | "target_query_key"
  | "target_query_repeated"
  | "target_prefix_relative"
  | "target_prefix_backslash"
  | "target_prefix_nul"
  | "target_prefix_empty_segment"
  | "target_prefix_dot_segment"
  | "target_socket_path"
  | "shm_name_empty"
  | "shm_name_slash"
  | "shm_name_nul"
  | "shm_name_dots"
  | "shm_name_length";

/**
 * Bytes, a name or a value that break one rule of the cv-mmap contract, named by `code`.
 *
 * Its exit code is {@linkcode ExitCode.ProtocolViolation} where a producer broke the rule and
 * {@linkcode ExitCode.InvalidArguments} where the user did (labels, targets, segment names).
 */
export class ContractError extends StreamerError {
  /** `ContractError`. */
  override readonly name: string = "ContractError";
  /** The rule that is broken. */
  declare readonly code: ContractErrorCode;

  /**
   * Names the broken rule and says it in words.
   *
   * @param code The rule that is broken.
   * @param message One line: what failed, what was got, what is allowed.
   * @param exitCode 7 (protocol) unless given.
   */
  constructor(
    code: ContractErrorCode,
    message: string,
    exitCode: ExitCode = ExitCode.ProtocolViolation,
  ) {
    super(message, { code, exitCode });
  }
}
