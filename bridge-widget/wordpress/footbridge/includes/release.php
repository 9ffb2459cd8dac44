<?php
/**
 * Which release of the element the site runs.
 */

namespace Footbridge;

defined( 'ABSPATH' ) || exit;

const MANIFEST_TIMEOUT_S = 5;
const MANIFEST_MAX_BYTES = 65536;

/**
 * The release that a signaling server serves now, with the digest of the element.
 *
 * @return array|null `release` and `integrity`, or null if it cannot be had.
 */
function newest_release( string $signaling ): ?array {
	$response = wp_safe_remote_get(
		"$signaling/widget/manifest.json",
		array(
			'timeout'             => MANIFEST_TIMEOUT_S,
			'redirection'         => 0,
			'limit_response_size' => MANIFEST_MAX_BYTES,
		)
	);
	if ( 200 !== wp_remote_retrieve_response_code( $response ) ) {
		return null;
	}
	$manifest  = json_decode( wp_remote_retrieve_body( $response ), true, 8 );
	$release   = matching( RELEASE, $manifest['release'] ?? '' );
	$integrity = matching( INTEGRITY, $manifest['files']['bridge-widget.js']['integrity'] ?? '' );
	return '' === $release || '' === $integrity ? null : compact( 'release', 'integrity' );
}
