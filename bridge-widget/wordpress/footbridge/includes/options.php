<?php
/**
 * What the site's owner has chosen, and what of it can be.
 */

namespace Footbridge;

defined( 'ABSPATH' ) || exit;

/** The one row that this plugin has in the database. */
const OPTION = 'footbridge';

const LAYOUTS = array( 'card', 'switch', 'banner', 'floating' );
const THEMES  = array( 'auto', 'light', 'dark' );
/** Where the switch is: where the shortcode is, below each post, or on every page. */
const PLACES = array( 'shortcode', 'posts', 'everywhere' );

const RELEASE   = '/^\d{1,4}\.\d{1,4}\.\d{1,4}-[0-9a-f]{16}$/D';
const INTEGRITY = '#^sha384-[A-Za-z0-9+/]{64}$#D';

/** The stored choice, with the default in place of whatever is missing or cannot be. */
function options(): array {
	$stored = get_option( OPTION );
	$stored = is_array( $stored ) ? $stored : array();
	return array(
		'signaling' => origin_of( $stored['signaling'] ?? '' ),
		'layout'    => one_of( LAYOUTS, $stored['layout'] ?? '' ),
		'theme'     => one_of( THEMES, $stored['theme'] ?? '' ),
		'place'     => one_of( PLACES, $stored['place'] ?? '' ),
		'release'   => matching( RELEASE, $stored['release'] ?? '' ),
		'integrity' => matching( INTEGRITY, $stored['integrity'] ?? '' ),
	);
}

/** $value if it is one of $known, else $fallback, else the first of them. */
function one_of( array $known, $value, string $fallback = '' ): string {
	if ( in_array( $value, $known, true ) ) {
		return $value;
	}
	return in_array( $fallback, $known, true ) ? $fallback : $known[0];
}

/** $value if it is a string of this form, else nothing. */
function matching( string $pattern, $value ): string {
	return is_string( $value ) && preg_match( $pattern, $value ) ? $value : '';
}

/** The origin of an https URL, or of an http one of this machine, for trying things out; else nothing. */
function origin_of( $url ): string {
	$parts = is_string( $url ) && strlen( $url ) <= 300 ? wp_parse_url( trim( $url ) ) : false;
	$host  = strtolower( $parts['host'] ?? '' );
	if ( ! preg_match( '/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/D', $host ) ) {
		return '';
	}
	$scheme   = strtolower( $parts['scheme'] ?? '' );
	$is_local = 'localhost' === $host || '127.0.0.1' === $host;
	if ( 'https' !== $scheme && ! ( 'http' === $scheme && $is_local ) ) {
		return '';
	}
	return "$scheme://$host" . ( isset( $parts['port'] ) ? ':' . (int) $parts['port'] : '' );
}
