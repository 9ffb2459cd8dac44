<?php
/**
 * The switch on the site's pages.
 */

namespace Footbridge;

defined( 'ABSPATH' ) || exit;

/** `[footbridge layout="banner" theme="dark"]`; without attributes as in the settings. */
function shortcode( $attributes ): string {
	$chosen     = options();
	$attributes = shortcode_atts(
		array(
			'layout' => $chosen['layout'],
			'theme'  => $chosen['theme'],
		),
		$attributes,
		'footbridge'
	);
	return element( $attributes['layout'], $attributes['theme'] );
}

/** Below each post, where the settings say so. */
function after_post( string $content ): string {
	$chosen = options();
	if ( 'posts' !== $chosen['place'] || ! is_singular( 'post' ) || ! in_the_loop() || ! is_main_query() ) {
		return $content;
	}
	return $content . element( $chosen['layout'], $chosen['theme'] );
}

/** On every page, where the settings say so; and the script, on those pages alone that have a switch. */
function footer(): void {
	$chosen = options();
	if ( 'everywhere' === $chosen['place'] ) {
		echo element( 'floating', $chosen['theme'] ); // phpcs:ignore WordPress.Security.EscapeOutput -- escaped there.
	}
	if ( is_shown() ) {
		// Named by its digest: what the network serves later does not run here until the settings are saved again.
		wp_print_script_tag(
			array(
				'type'        => 'module',
				'src'         => "{$chosen['signaling']}/widget/{$chosen['release']}/bridge-widget.js",
				'integrity'   => $chosen['integrity'],
				'crossorigin' => 'anonymous',
			)
		);
	}
}

/** The element, or nothing as long as there is no network to help. */
function element( $layout, $theme ): string {
	$chosen = options();
	if ( '' === $chosen['signaling'] || '' === $chosen['release'] || '' === $chosen['integrity'] ) {
		return '';
	}
	is_shown( true );
	return sprintf(
		'<bridge-widget network="%s" layout="%s" theme="%s"></bridge-widget>',
		esc_attr( "{$chosen['signaling']}/v1/network" ),
		esc_attr( one_of( LAYOUTS, $layout, $chosen['layout'] ) ),
		esc_attr( one_of( THEMES, $theme, $chosen['theme'] ) )
	);
}

/** Whether there is a switch on this page so far. */
function is_shown( bool $shown = false ): bool {
	static $so_far = false;
	$so_far        = $so_far || $shown;
	return $so_far;
}
