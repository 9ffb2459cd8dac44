<?php
/**
 * Plugin Name:       Footbridge
 * Description:       A switch with which your visitors can lend their browser to people whose network is censored.
 * Version:           0.1.0
 * Requires at least: 5.7
 * Requires PHP:      7.4
 * License:           MIT
 * License URI:       https://opensource.org/license/mit
 * Text Domain:       footbridge
 */

namespace Footbridge;

defined( 'ABSPATH' ) || exit;

require __DIR__ . '/includes/options.php';
require __DIR__ . '/includes/render.php';

add_shortcode( 'footbridge', __NAMESPACE__ . '\shortcode' );
add_filter( 'the_content', __NAMESPACE__ . '\after_post' );
add_action( 'wp_footer', __NAMESPACE__ . '\footer', 5 );

// Nobody but administrators needs the rest.
if ( is_admin() ) {
	require __DIR__ . '/includes/release.php';
	require __DIR__ . '/includes/settings.php';
	add_action( 'admin_init', __NAMESPACE__ . '\register_settings' );
	add_action( 'admin_menu', __NAMESPACE__ . '\add_settings_page' );
}
